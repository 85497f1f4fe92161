// Runs face-api's own age and gender net, with its own weights, over pictures: what the rebuilt
// graph must agree with. node face_api.mjs PACKAGE PICTURES: PICTURES are bytes, n x 112 x 112 x 3,
// RGB; prints JSON, one [age, male, female] a picture.
import fs from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";

const SIDE = 112;
const [folder, pictures] = process.argv.slice(2);
// The bundle looks for a browser; TensorFlow.js then takes the platform that needs no module of Node.
globalThis.window = globalThis;
globalThis.document = { createElement: () => ({ getContext: () => null }), body: {} };
console.warn = console.log = () => {};

const { nets, tf } = await import(pathToFileURL(path.join(folder, "face-api.esm.js")).href);
await tf.setBackend("cpu");
const [{ weights }] = JSON.parse(
  fs.readFileSync(path.join(folder, "age_gender_model-weights_manifest.json"), "utf8"),
);
const values = new Uint8Array(fs.readFileSync(path.join(folder, "age_gender_model.bin")));
nets.ageGenderNet.loadFromWeightMap(tf.io.decodeWeights(values.buffer, weights));

const bytes = new Uint8Array(fs.readFileSync(pictures));
const size = SIDE * SIDE * 3;
const found = [];
for (let start = 0; start < bytes.length; start += size) {
  const picture = Float32Array.from(bytes.subarray(start, start + size));
  const { age, gender } = await nets.ageGenderNet.forward(tf.tensor4d(picture, [1, SIDE, SIDE, 3]));
  found.push([age.dataSync()[0], ...gender.dataSync()]);
}
process.stdout.write(JSON.stringify(found));
