-- How the sources write a field.

-- Kaggle and the catalogues quote only where they must.
create macro csv_field(text) as
  if(contains(text, ',') or contains(text, '"') or contains(text, chr(10)),
    '"' || replace(text, '"', '""') || '"', coalesce(text, ''));

-- charts.spotify.com quotes every text, and the streams; ranks it does not.
create macro quoted(text) as '"' || replace(coalesce(text, ''), '"', '""') || '"';
