/**
 * Preloaded into npm (setup.mjs): npm leaves out optional packages whose `engines` don't want the Node that npm runs on, without a word. That
 * is the system's, but ours are run by the pinned one: a Debian 12 would so get no bundler for its tests.
 */
Object.defineProperty(process, 'version', { value: process.env.TRIGON_PINNED_NODE });
