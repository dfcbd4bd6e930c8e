"""What comes back, understood: the words of a reply, reports of providers, opens and clicks.
Models and controllers write down what is found here."""
