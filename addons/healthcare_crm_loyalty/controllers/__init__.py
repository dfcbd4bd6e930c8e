from . import benefits_page
