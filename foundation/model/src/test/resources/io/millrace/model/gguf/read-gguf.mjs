// Loads a GGUF file with llama.cpp, as node-llama-cpp brings it, and prints as JSON what it makes of it.
// node read-gguf.mjs FOLDER_OF_NODE_MODULES MODEL TEXT STEPS TOKEN...
import {createRequire} from "node:module";
import {pathToFileURL} from "node:url";

const [folder, modelPath, text, steps, ...start] = process.argv.slice(2);
const require = createRequire(pathToFileURL(folder + "/"));
const {getLlama, LlamaLogLevel} = await import(pathToFileURL(require.resolve("node-llama-cpp")).href);
const llama = await getLlama({gpu: false, build: "never", skipDownload: true, logLevel: LlamaLogLevel.error, maxThreads: 1});
const model = await llama.loadModel({modelPath});
const context = await model.createContext({contextSize: 256});
const sequence = context.getSequence();

const tokens = start.map(Number);
const found = [];
let next = tokens;
for (let i = 0; i < Number(steps); i++) {
  const input = next.map((token, at) => at < next.length - 1 ? token
    : [token, {generateNext: {probabilities: true, confidence: true, token: true, options: {temperature: 1, topK: 0, topP: 1, minP: 0}}}]);
  const output = await sequence.controlledEvaluate(input);
  const probabilities = [...output[next.length - 1].next.probabilities.entries()];
  const best = probabilities.reduce((a, b) => b[1] > a[1] ? b : a)[0];
  found.push({best, probabilities});
  tokens.push(best);
  next = [best];
}
const answer = JSON.stringify({
  tokenized: [...model.tokenize(text)], greedy: tokens, text: model.detokenize(tokens),
  architecture: model.fileInfo.metadata.general.architecture, steps: found
});
process.stdout.write(answer + "\n", () => process.exit(0));
