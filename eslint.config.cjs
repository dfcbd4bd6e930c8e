// The rules for the JavaScript of the add-ons: modules of Odoo's web client.
const js = require("@eslint/js");
const globals = require("globals");

module.exports = [
    {ignores: ["**/static/lib/**", ".local/**"]},
    js.configs.recommended,
    {
        languageOptions: {
            ecmaVersion: 2022,
            sourceType: "module",
            globals: {...globals.browser, odoo: "readonly", luxon: "readonly"},
        },
        rules: {
            curly: "error",
            eqeqeq: ["error", "always", {null: "ignore"}],
            "no-var": "error",
            "prefer-const": "error",
            "no-console": "error",
            "no-eval": "error",
            "no-unused-vars": ["error", {args: "none"}],
        },
    },
    {
        files: ["*.cjs"],
        languageOptions: {sourceType: "commonjs", globals: globals.node},
    },
];
