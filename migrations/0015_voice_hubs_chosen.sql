-- What is NULL a member has not chosen: his next room has it from its hub.
ALTER TABLE voice_preferences
    ALTER COLUMN chosen_name DROP NOT NULL,
    ALTER COLUMN mode DROP NOT NULL,
    ALTER COLUMN allowed_members DROP NOT NULL,
    ALTER COLUMN allowed_roles DROP NOT NULL,
    ALTER COLUMN blocked_members DROP NOT NULL,
    ALTER COLUMN blocked_roles DROP NOT NULL,
    ALTER COLUMN user_limit DROP NOT NULL,
    ALTER COLUMN bitrate DROP NOT NULL,
    ALTER COLUMN region DROP NOT NULL;
