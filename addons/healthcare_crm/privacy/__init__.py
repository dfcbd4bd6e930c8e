"""What a patient may ask of the clinic, and what the law asks: pure functions."""
