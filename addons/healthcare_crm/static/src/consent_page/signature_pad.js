/* Drawing a signature with a finger on the patient's page. The page works without it: the name that
 * is written counts. No library, one file: it must open fast on an old phone. */
(function () {
    "use strict";

    const field = document.querySelector("[data-signature]");
    const canvas = field && field.querySelector("canvas");
    const form = canvas && canvas.closest("form");
    if (!form) {
        return;
    }
    field.hidden = false;
    const pen = canvas.getContext("2d");
    let isDrawn = false;

    function clear() {
        const box = canvas.getBoundingClientRect();
        const ratio = Math.min(window.devicePixelRatio || 1, 2);
        canvas.width = Math.round(box.width * ratio);
        canvas.height = Math.round(box.height * ratio);
        pen.scale(ratio, ratio);
        pen.lineWidth = 2.5;
        pen.lineCap = "round";
        pen.strokeStyle = "#10204a";
        isDrawn = false;
    }

    function at(event) {
        const box = canvas.getBoundingClientRect();
        return [event.clientX - box.left, event.clientY - box.top];
    }

    canvas.addEventListener("pointerdown", (event) => {
        canvas.setPointerCapture(event.pointerId);
        pen.beginPath();
        pen.moveTo(...at(event));
        event.preventDefault();
    });
    canvas.addEventListener("pointermove", (event) => {
        if (event.buttons) {
            pen.lineTo(...at(event));
            pen.stroke();
            isDrawn = true;
        }
    });
    field.querySelector("[data-clear]").addEventListener("click", clear);
    form.addEventListener("submit", () => {
        form.elements.image.value = isDrawn ? canvas.toDataURL("image/png") : "";
    });
    clear();
})();
