/** The script inside Node's binary: no more than the way to the first one that lies in its file system. */
require('node:module').createRequire('/dev/null/vfs/0/')('./entry.cjs');
