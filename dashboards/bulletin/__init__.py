"""月度通报: figures from the standings, sentences from the figures, and the same words as Word, PDF and page."""
