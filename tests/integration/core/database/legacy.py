"""A database as the old service left it, in its variants, and how its programs write into it."""

OLD_WRITER = (
    "INSERT INTO sessions (preset, category, task, duration_minutes, completed, productivity_rating, notes) "
    "VALUES ('deep_work', 'SOAP', 'an old task', 52, TRUE, 85.5, 'written by the old web') RETURNING id"
)

# The old schema took its ids from uuid-ossp; where that is missing a function of the same name stands in.
UUID = """
CREATE FUNCTION uuid_generate_v4() RETURNS uuid LANGUAGE sql AS 'SELECT gen_random_uuid()';
"""

SESSIONS = """
CREATE TABLE sessions (
    id uuid PRIMARY KEY DEFAULT uuid_generate_v4(),
    preset varchar(50) NOT NULL DEFAULT 'deep_work',
    category varchar(100) NOT NULL DEFAULT 'Other',
    task varchar(200),
    duration_minutes integer NOT NULL DEFAULT 52,
    completed boolean NOT NULL DEFAULT TRUE,
    productivity_rating numeric(5,2) CHECK (productivity_rating >= 0 AND productivity_rating <= 100),
    notes text,
    date date NOT NULL DEFAULT CURRENT_DATE,
    time time NOT NULL DEFAULT CURRENT_TIME,
    hour smallint GENERATED ALWAYS AS (EXTRACT(HOUR FROM time)) STORED,
    day_of_week smallint GENERATED ALWAYS AS (EXTRACT(DOW FROM date)) STORED,
    created_at timestamptz DEFAULT now(),
    updated_at timestamptz DEFAULT now()
);
CREATE INDEX idx_sessions_date ON sessions (date DESC);
CREATE FUNCTION update_updated_at_column() RETURNS trigger LANGUAGE plpgsql
    AS 'BEGIN NEW.updated_at = now(); RETURN NEW; END';
CREATE TRIGGER update_sessions_updated_at BEFORE UPDATE ON sessions
    FOR EACH ROW EXECUTE FUNCTION update_updated_at_column();
CREATE VIEW v_today_stats AS SELECT count(*) AS sessions, avg(productivity_rating) AS rating
    FROM sessions WHERE date = CURRENT_DATE;
CREATE VIEW v_everything AS SELECT * FROM sessions;
"""

OTHERS = """
CREATE TABLE ai_cache (
    id uuid PRIMARY KEY DEFAULT uuid_generate_v4(), cache_key varchar(255) UNIQUE NOT NULL,
    cache_type varchar(100) NOT NULL, params_hash varchar(64), response jsonb NOT NULL,
    ttl_hours numeric(5,2) DEFAULT 4, expires_at timestamptz NOT NULL, invalidated boolean DEFAULT FALSE,
    created_at timestamptz DEFAULT now()
);
CREATE TABLE user_profile (
    id serial PRIMARY KEY, user_id varchar(50) UNIQUE DEFAULT 'default', xp integer DEFAULT 0,
    total_xp_earned integer DEFAULT 0, level integer DEFAULT 1, title varchar(100),
    streak_freezes_available integer DEFAULT 1, streak_freeze_used_dates jsonb DEFAULT '[]',
    vacation_mode boolean DEFAULT FALSE, vacation_days_remaining integer DEFAULT 0, vacation_start_date date,
    created_at timestamptz DEFAULT now(), updated_at timestamptz DEFAULT now()
);
CREATE TABLE category_skills (
    id serial PRIMARY KEY, category varchar(100) UNIQUE NOT NULL, xp integer DEFAULT 0, level integer DEFAULT 0,
    sessions_count integer DEFAULT 0, total_minutes integer DEFAULT 0
);
CREATE TABLE achievements (
    id serial PRIMARY KEY, achievement_id varchar(100) UNIQUE NOT NULL, progress integer DEFAULT 0,
    unlocked boolean DEFAULT FALSE, unlocked_at timestamptz, notified boolean DEFAULT FALSE
);
CREATE TABLE wellness_checkins (
    id serial PRIMARY KEY, date date UNIQUE NOT NULL, sleep_quality numeric(5,2), energy_level numeric(5,2),
    mood numeric(5,2), stress_level numeric(5,2), motivation numeric(5,2), focus_ability numeric(5,2),
    overall_wellness numeric(5,2), notes text, created_at timestamptz DEFAULT now(),
    updated_at timestamptz DEFAULT now()
);
CREATE TABLE daily_focus (date date PRIMARY KEY, theme text);
INSERT INTO user_profile (xp, level) VALUES (1234, 7);
INSERT INTO category_skills (category, xp) VALUES ('SOAP', 10);
INSERT INTO achievements (achievement_id, unlocked) VALUES ('first', TRUE);
INSERT INTO wellness_checkins (date, mood) VALUES ('2024-05-01', 80);
INSERT INTO ai_cache (cache_key, cache_type, response, expires_at) VALUES ('k', 'learning', '{"a": 1}', now());
INSERT INTO daily_focus VALUES ('2024-05-01', 'a table we know nothing of');
"""

ROWS = """
INSERT INTO sessions (preset, category, task, duration_minutes, completed, productivity_rating, notes, date, time)
SELECT (ARRAY['deep_work', 'learning', 'standard', ''])[1 + n % 4], 'c' || n % 7, NULLIF('t' || n % 5, 't0'),
       n % 200 - 10, n % 3 > 0, CASE WHEN n % 2 = 0 THEN n % 101 END, NULL,
       DATE '1999-12-31' + n, TIME '00:00' + make_interval(mins => n * 7 % 1440)
FROM generate_series(1, 500) AS n;
"""

WITHOUT_UPDATED_AT = """
DROP VIEW v_everything; DROP TRIGGER update_sessions_updated_at ON sessions;
ALTER TABLE sessions DROP COLUMN updated_at;
"""
PLAIN_HOUR = """
DROP VIEW v_everything; ALTER TABLE sessions DROP COLUMN hour, DROP COLUMN day_of_week;
ALTER TABLE sessions ADD COLUMN hour smallint, ADD COLUMN mood_after text DEFAULT 'fine';
"""
ODD_VALUES = """
ALTER TABLE sessions DROP CONSTRAINT sessions_productivity_rating_check;
ALTER TABLE sessions ALTER COLUMN preset DROP NOT NULL, ALTER COLUMN category DROP NOT NULL;
INSERT INTO sessions (preset, category, duration_minutes, productivity_rating, date)
VALUES (NULL, NULL, -5, 999.99, '0001-01-01'), (repeat('x', 50), '', 2147483647, -1, 'infinity');
"""
NOTHING = ""

WITH_ALL = UUID + SESSIONS + OTHERS + ROWS
ONLY_SESSIONS = UUID + SESSIONS + ROWS
ONLY_OTHERS = UUID + OTHERS

VARIANTS = {
    "whole": WITH_ALL,
    "sessions only": ONLY_SESSIONS,
    "no sessions": ONLY_OTHERS,
    "without updated_at": WITH_ALL + WITHOUT_UPDATED_AT,
    "other hour, own columns": WITH_ALL + PLAIN_HOUR,
    "odd values": WITH_ALL + ODD_VALUES,
    "empty": UUID + SESSIONS + OTHERS,
}
