-- take_turn --
-- Let one registration at a time look at the sources and add to them, until its transaction ends.
SELECT pg_advisory_xact_lock(hashtext('agency_sources'));

-- sources_of_others --
-- Every source that another agency owns.
SELECT prefix
FROM agency_sources
WHERE agency <> $1;

-- add_agency --
-- Register the agency; no row where it is known already.
INSERT INTO agencies (code, links)
VALUES ($1, false)
ON CONFLICT DO NOTHING
RETURNING code;

-- allow_links --
-- Let the agency assert links.
UPDATE agencies
SET links = true
WHERE code = $1;

-- add_sources --
-- Give the agency sources; those it owns already stay.
INSERT INTO agency_sources (prefix, agency)
SELECT DISTINCT asked.prefix, $1
FROM unnest($2::text[]) AS asked (prefix)
ON CONFLICT DO NOTHING;

-- one_agency --
-- An agency with its sources.
SELECT code,
       links,
       array(SELECT prefix FROM agency_sources WHERE agency = code ORDER BY prefix) AS sources,
       created_at
FROM agencies
WHERE code = $1;

-- page_of_agencies --
-- Agencies after a code, in the order of their codes.
SELECT code,
       links,
       array(SELECT prefix FROM agency_sources WHERE agency = code ORDER BY prefix) AS sources,
       created_at
FROM agencies
WHERE code > $1
ORDER BY code
LIMIT $2;

-- all_agencies --
-- Every agency with its sources, for the door's memory.
SELECT code,
       links,
       array(SELECT prefix FROM agency_sources WHERE agency = code ORDER BY prefix) AS sources,
       created_at
FROM agencies;
