// Seconds of an epoch of tensorflow/playground's engine: what `oneStep` of its page does, with
// `updateDecisionBoundary`, without the page; on circles, stochastic gradient descent.
// node playground.mjs <nn.mjs, its engine> <hidden layers, "4,2"> <samples> <batch size>
// <boundary: points a side; 0: the training alone, without its losses>

import { pathToFileURL } from "node:url";

const [engine, layers, ...numbers] = process.argv.slice(2);
const nn = await import(pathToFileURL(engine));
const [samples, batch, density] = numbers.map(Number);
const [RATE, SECONDS] = [0.03, 4];

const circles = () =>
  Array.from({ length: samples }, (_, i) => {
    const radius = i % 2 ? 2.5 * Math.random() : 3.5 + 1.5 * Math.random();
    const angle = 2 * Math.PI * Math.random();
    return { input: [radius * Math.sin(angle), radius * Math.cos(angle)], label: i % 2 ? 1 : -1 };
  });
const [train, test] = [circles(), circles()];
let losses; // where the page shows them
const tanh = nn.Activations.TANH;
const network = nn.buildNetwork([2, ...layers.split(",").map(Number), 1], tanh, tanh, null, ["x", "y"]);
const boundary = {};
nn.forEachNode(network, true, (node) => {
  boundary[node.id] = Array.from({ length: density }, () => new Array(density));
});

function loss(points) {
  let sum = 0;
  for (const { input, label } of points)
    sum += nn.Errors.SQUARE.error(nn.forwardProp(network, input), label);
  return sum / points.length;
}

function epoch() {
  train.forEach(({ input, label }, i) => {
    nn.forwardProp(network, input);
    nn.backProp(network, label, nn.Errors.SQUARE);
    if ((i + 1) % batch === 0) nn.updateWeights(network, RATE, 0);
  });
  if (!density) return;
  losses = [loss(train), loss(test)];
  for (let i = 0; i < density; i++)
    for (let j = 0; j < density; j++) {
      nn.forwardProp(network, [(12 * i) / (density - 1) - 6, 6 - (12 * j) / (density - 1)]);
      nn.forEachNode(network, true, (node) => { boundary[node.id][i][j] = node.output; });
    }
}

for (let i = 0; i < 50; i++) epoch();
const begin = performance.now();
let epochs = 0;
while (performance.now() - begin < 1000 * SECONDS) {
  epoch();
  epochs += 1;
}
console.log((performance.now() - begin) / 1000 / epochs);
