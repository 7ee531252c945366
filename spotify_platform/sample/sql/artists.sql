-- Regions and artists.
--
-- Artists come in pools: stars, who are heard in many countries; a local pool for each country; and
-- the little-known ones that only catalogues hold. Pools are of a fixed size, so that an artist is the
-- same person in a world of any scale, and are drawn from with a skew: the first have many releases.

create table region as
select
  region_no, region, code, language, zone, market,
  launched - date '2017-01-01' as launch_day
from read_csv(getvariable('data') || '/regions.csv', types = {'launched': 'date', 'market': 'double'});

create table genre as
select * replace (string_split(catalog_genres, '|') as catalog_genres)
from read_csv(getvariable('data') || '/genres.csv');

create table vocabulary as
select * from read_json(getvariable('data') || '/vocabulary.json');

create macro star_artist(key) as floor(800 * pow(uniform(key, 'star'), 2))::bigint;
create macro local_artist(region_no, key) as
  region_no * 1000 + floor(150 * pow(uniform(key, 'local artist'), 1.7))::bigint;
create macro obscure_artist(pool_size, key) as
  100000 + floor(pool_size * pow(uniform(key, 'obscure artist'), 1.4))::bigint;

create table artist as
with pool as (
  select key as artist_key, 0.9 - key / 800.0 as fame,
    -- Half the stars are from the large English-speaking markets.
    case
      when uniform(key, 'anglo star') < 0.5 then pick([1, 1, 6, 12, 13], key, 'anglo home')
      else 1 + floor(69 * pow(uniform(key, 'star home'), 1.5))::bigint
    end as home
  from range(800) as star(key)
  union all
  select region_no * 1000 + k, 0.2 - k / 300.0, region_no
  from region cross join range(150) as local_artist(k)
  where region_no > 0
  union all
  select 100000 + k, -0.3, 1 + below(69, k, 'obscure home')
  from range(getvariable('obscure_artists')) as obscure(k)
),
placed as (
  select artist_key, home, fame + 0.8 * normal(artist_key, 'artist strength') as strength, language, zone
  from pool join region on region_no = home
),
-- Two or three names, a band, a stage name; in the language of the home, or in English.
named as (
  select
    p.*,
    pick(v.given, artist_key, 'given')
      || if(uniform(artist_key, 'middle name') < 0.4, v.separator || pick(v.given, artist_key, 'middle'), '')
      || v.separator || pick(v.family, artist_key, 'family') as person,
    v.separator || pick(v.family, artist_key, 'second family') as second_family,
    pick(v.openers, artist_key, 'band opener') || v.separator
      || pick(v.closers, artist_key, 'band closer') as phrase,
    pick(v.bands, artist_key, 'band') as band,
    uniform(artist_key, 'name pattern') as pattern
  from placed p
  join vocabulary v on v.language = if(uniform(artist_key, 'english name') < 0.35, 'en', p.language)
),
plain as (
  select
    * exclude (person, second_family, phrase, band, pattern),
    case
      when artist_key = 2 then 'Earth, Wind & Fire'
      when artist_key = 4 then 'Tyler, The Creator'
      when artist_key = 7 then 'Marlow, The Painter'
      when artist_key = 11 then 'Salt, Pepper & Rain'
      when artist_key = 3 then 'Zoe' || chr(769) || ' del Mar'    -- decomposed é
      when artist_key = 5 then 'Ana' || chr(160) || 'Sol'         -- no-break space
      when artist_key = 8 then 'Los  Faroles'                     -- two spaces
      when artist_key = 10 then '☁️ nubes ☁️'
      when artist_key = 13 then '"Odd" Ned Fable'
      when artist_key = 17 then 'PLAYGR0UND/$TATIC'
      when artist_key = 19 then 'O’Dell & 小雨'
      when pattern < 0.20 then person
      when pattern < 0.66 then person || second_family
      when pattern < 0.84 then phrase
      when pattern < 0.88 then 'DJ ' || person
      when pattern < 0.92 then upper(person)
      when pattern < 0.93
        then person || ', the ' || pick(['Gardener', 'Third', 'Lighthouse'], artist_key, 'epithet')
      when pattern < 0.97 then trim(second_family) || ' & ' || phrase
      else band
    end as name
  from named
),
-- A name taken by an earlier artist gets a number, so that a name is one artist.
distinct_name as (
  select * replace (
    case
      when row_number() over same_name = 1 then name
      else name || ' ' || row_number() over same_name
    end as name)
  from plain
  window same_name as (partition by name order by artist_key)
)
select
  artist_key, name, home, language, zone, strength,
  -- Subgenres 12 to 15 are the latin ones.
  case
    when language in ('es', 'pt') and uniform(artist_key, 'latin') < 0.65
      then 12 + below(4, artist_key, 'latin genre')
    when uniform(artist_key, 'genre') < 0.93
      then pick(range(12) || range(16, 24), artist_key, 'any genre')
    else 12 + below(4, artist_key, 'latin genre')
  end as genre_no
from distinct_name;
