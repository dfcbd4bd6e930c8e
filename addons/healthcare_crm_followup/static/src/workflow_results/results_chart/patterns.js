const SIZE = 8;

const DRAWINGS = {
    stripes(context) {
        context.moveTo(0, SIZE);
        context.lineTo(SIZE, 0);
        context.moveTo(-2, 2);
        context.lineTo(2, -2);
        context.moveTo(SIZE - 2, SIZE + 2);
        context.lineTo(SIZE + 2, SIZE - 2);
    },
    dots(context) {
        context.arc(SIZE / 2, SIZE / 2, 1, 0, 2 * Math.PI);
    },
    crosses(context) {
        context.moveTo(0, 0);
        context.lineTo(SIZE, SIZE);
        context.moveTo(0, SIZE);
        context.lineTo(SIZE, 0);
    },
};

/** Return what fills a bar of a tone: its colour, with a pattern over it. */
export function fillOf({color, pattern}) {
    const draw = DRAWINGS[pattern];
    if (!draw) {
        return color;
    }
    const tile = document.createElement("canvas");
    tile.width = tile.height = SIZE;
    const context = tile.getContext("2d");
    context.fillStyle = color;
    context.fillRect(0, 0, SIZE, SIZE);
    context.strokeStyle = "rgba(255, 255, 255, 0.75)";
    context.lineWidth = 1.5;
    context.beginPath();
    draw(context);
    context.stroke();
    return context.createPattern(tile, "repeat");
}
