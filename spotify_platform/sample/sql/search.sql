-- How names are found: without case and accents, by words.

create macro searched(text) as lower(strip_accents(nfc_normalize(text)));

create macro has_words(text, wanted) as
  len(list_filter(string_split(searched(wanted), ' '), lambda word: not contains(text, word))) = 0;
