CREATE TABLE links (
    link_id uuid NOT NULL,
    version integer NOT NULL,
    one_subject uuid NOT NULL,
    one_is_person boolean NOT NULL,
    other_subject uuid NOT NULL,
    other_is_person boolean NOT NULL,
    is_live boolean NOT NULL,
    CONSTRAINT links_pkey PRIMARY KEY (link_id)
);

CREATE INDEX links_one_subject_idx ON links (one_subject) WHERE is_live;
CREATE INDEX links_other_subject_idx ON links (other_subject) WHERE is_live;

-- A function of the live links: with whom a subject is one citizen; one that is alone has no row.
CREATE TABLE linked_subjects (
    subject uuid NOT NULL,
    members uuid[] NOT NULL,
    CONSTRAINT linked_subjects_pkey PRIMARY KEY (subject)
);

GRANT SELECT, INSERT, UPDATE ON links TO percorso_journey;
GRANT SELECT, INSERT, DELETE ON linked_subjects TO percorso_journey;
