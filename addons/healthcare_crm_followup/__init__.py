from . import channels, engine, models, wizards
