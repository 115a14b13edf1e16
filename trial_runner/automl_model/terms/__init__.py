"""Terms of texts: words and runs of characters in any language, counted, weighted and multiplied in numpy."""
