// SPDX-License-Identifier: Apache-2.0
// llama.cpp as the bench drives it: a line of JSON for each task, a line of JSON for its result; see Contender and Task.
// Calls llama_decode through node-llama-cpp's own bindings, without its queue and without choosing tokens, as
// llama.cpp's llama-bench does: what is timed is the library.
// Arguments: the model's GGUF file, threads, tokens of its vocabulary.
import {createInterface} from 'node:readline';
import {performance} from 'node:perf_hooks';
import {getLlama} from 'node-llama-cpp';

const [file, threadsText, vocabularyText] = process.argv.slice(2);
const threads = Number(threadsText);
const vocabulary = Number(vocabularyText);
const BATCH = 512;

const llama = await getLlama({gpu: false, build: 'never', logLevel: 'error', maxThreads: threads});
const bindings = llama._bindings;
const model = new bindings.AddonModel(file, {useMmap: true});
if (!await model.init()) throw new Error(`cannot load ${file}`);

let seed = 1;
const tokens = count => Uint32Array.from({length: count}, () => {
  seed = (Math.imul(seed, 1103515245) + 12345) & 0x7fffffff;
  return seed % vocabulary;
});

/** A context for so many sequences of so many tokens each; flash attention or not. */
async function open(sequences, length, flash) {
  const context = new bindings.AddonContext(model, {contextSize: sequences * (Math.ceil(length / 256) * 256), batchSize: BATCH,
    sequences, threads, flashAttention: flash, performanceTracking: false});
  if (!await context.init()) throw new Error(`cannot open a context of ${sequences} × ${length} tokens`);
  if (context.getThreads() !== threads) throw new Error(`${context.getThreads()} threads instead of ${threads}`);
  context.initBatch(1); // the first pass of a context is slower
  context.addToBatch(0, 0, tokens(1), Uint32Array.of(0));
  await context.decodeBatch();
  context.disposeSequence(0);
  return context;
}

async function read(context, sequence, from, prompt) {
  for (let at = 0; at < prompt.length; at += BATCH) {
    const piece = prompt.subarray(at, at + BATCH);
    context.initBatch(piece.length);
    context.addToBatch(sequence, from + at, piece, at + BATCH >= prompt.length ? Uint32Array.of(piece.length - 1) : new Uint32Array(0));
    await context.decodeBatch();
  }
}

const seconds = async work => {
  const begin = performance.now();
  await work();
  return (performance.now() - begin) / 1000;
};

const tasks = {
  async PREFILL({prompt}, flash) {
    const context = await open(1, prompt, flash);
    const text = tokens(prompt);
    const took = await seconds(() => read(context, 0, 0, text));
    await context.dispose();
    return prompt / took;
  },
  async DECODE({streams, prompt, tokens: count}, flash) {
    const context = await open(streams, prompt + count, flash);
    for (let s = 0; s < streams; s++) await read(context, s, 0, tokens(prompt));
    const written = tokens(streams * count);
    const took = await seconds(async () => {
      for (let i = 0; i < count; i++) {
        context.initBatch(streams);
        for (let s = 0; s < streams; s++) {
          context.addToBatch(s, prompt + i, written.subarray(i * streams + s, i * streams + s + 1), Uint32Array.of(0));
        }
        await context.decodeBatch();
      }
    });
    await context.dispose();
    return streams * count / took;
  },
  async FIRST_TOKEN({prefix, prompt, requests, shared}, flash) {
    const context = await open(1, prefix + prompt, flash);
    const first = tokens(prefix);
    let sum = 0;
    for (let r = 0; r < requests; r++) {
      const text = new Uint32Array(prefix + prompt);
      text.set(shared ? first : tokens(prefix));
      text.set(tokens(prompt), prefix);
      const kept = shared && r > 0 ? prefix : 0; // what its own server keeps of the request before
      sum += await seconds(async () => {
        if (kept > 0) context.removeTokenCellsFromSequence(0, kept, -1);
        else context.disposeSequence(0);
        await read(context, 0, kept, text.subarray(kept));
      });
    }
    await context.dispose();
    return sum / requests;
  }
};

const better = {PREFILL: Math.max, DECODE: Math.max, FIRST_TOKEN: Math.min};

/** Each task with and without flash attention: the better counts, whichever it likes. */
async function run(task) {
  if (!Object.hasOwn(tasks, task.kind)) throw new Error(`no task '${task.kind}'`);
  const without = await tasks[task.kind](task, false);
  const flash = await tasks[task.kind](task, true);
  return {value: better[task.kind](without, flash), note: `flash attention ${flash.toFixed(3)}, without ${without.toFixed(3)}`};
}

const say = answer => process.stdout.write(JSON.stringify(answer) + '\n');
say({note: bindings.systemInfo().trim()});
for await (const line of createInterface({input: process.stdin})) {
  try {
    say(await run(JSON.parse(line)));
  } catch (error) {
    say({error: String(error?.message ?? error)});
  }
}
process.exit(0);
