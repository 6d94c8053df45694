/**
 * The first script of the executable. Its files are the ZIP archive behind it, which Node has mounted (execArgv in executable.mjs), in
 * this thread and in every worker. It stands in for `node FILE` where the file lies there: the guardian (bin/trigon.mjs) starts the
 * program so, and the program its doctor. Everything else on the command line is the operator's, and for the guardian.
 */
const fs = require('node:fs');
const { pathToFileURL } = require('node:url');

const own = `${__dirname}/`;
/** Of front.c: libraries that are loaded by now. Nobody that we start shall look for them. */
const OURS = /^\/proc\/self\/\.\/fd\/(\d+)$/;

function forgetLibraries() {
  const preloaded = (process.env.LD_PRELOAD ?? '').split(':');
  const theirs = preloaded.filter((name) => !OURS.test(name)).join(':');
  for (const name of preloaded) {
    const found = OURS.exec(name);
    if (found !== null) fs.closeSync(Number(found[1]));
  }
  if (theirs === '') delete process.env.LD_PRELOAD;
  else process.env.LD_PRELOAD = theirs;
}

forgetLibraries();
// A single executable has its path twice in argv, as if the second were the script's.
const [, , wanted] = process.argv;
const isOwn = wanted?.startsWith(own);
const script = isOwn ? wanted : `${own}bin/trigon.mjs`;
if (isOwn) {
  process.argv.splice(1, 1);
} else {
  process.argv[1] = script;
  // The program finds its own: it begins with front.c too.
  delete process.env.TRIGON_ACT;
}
import(pathToFileURL(script).href);
