-- Which pairs of countries have the most similar daily top 200?
SELECT pair.region_code, pair.other_region_code, pair.shared_tracks, pair.jaccard, pair.cosine
FROM marts.region_similarity AS pair
WHERE pair.chart = 'top200' AND pair.cadence = 'daily' AND pair.region_code < pair.other_region_code
    AND pair.region_code <> 'GLOBAL' AND pair.other_region_code <> 'GLOBAL'
ORDER BY pair.cosine DESC, pair.region_code, pair.other_region_code
LIMIT 20
