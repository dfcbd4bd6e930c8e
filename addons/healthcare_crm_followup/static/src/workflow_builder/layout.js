/* global dagre */
import {GAP, START_CARD} from "./geometry";
import {START, arrowsOf, readingOrder} from "./document";

/**
 * Where the steps go by themselves: from top to bottom in the order patients meet them, paths side
 * by side as their outcomes are, joins below what they join. Answers {key: [x, y]}, the start card
 * included.
 *
 * @param {Object} doc
 * @param {(key: string) => {width, height}} sizeOf
 * @param {(key: string) => [string, string][]} outcomesOf
 */
export function layout(doc, sizeOf, outcomesOf) {
    const graph = new dagre.graphlib.Graph({multigraph: true});
    graph.setGraph({rankdir: "TB", nodesep: GAP.x, ranksep: GAP.y, edgesep: 32});
    graph.setDefaultEdgeLabel(() => ({}));
    graph.setNode(START, {...START_CARD});
    for (const key of readingOrder(doc)) {
        graph.setNode(key, {...sizeOf(key)});
    }
    for (const {id, from, to} of arrowsOf(doc)) {
        graph.setEdge(from, to, {weight: from === START ? 4 : 1, minlen: 1}, id);
    }
    dagre.layout(graph, {constraints: neighbours(doc, outcomesOf)});
    const places = {};
    for (const key of graph.nodes()) {
        const {x, y, width, height} = graph.node(key);
        places[key] = [Math.round(x - width / 2), Math.round(y - height / 2)];
    }
    return places;
}

/** Which step is to stand left of which: those after the same one, as its outcomes are. */
function neighbours(doc, outcomesOf) {
    const pairs = [];
    const seen = new Set([doc.start]);
    for (const key of readingOrder(doc)) {
        const {next} = doc.steps[key];
        const targets = outcomesOf(key).flatMap(([code]) => next[code] || []);
        const fresh = targets.filter((to) => doc.steps[to] && !seen.has(to) && seen.add(to));
        fresh.slice(1).forEach((right, index) => pairs.push({left: fresh[index], right}));
    }
    return pairs;
}
