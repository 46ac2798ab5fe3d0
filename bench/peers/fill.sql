-- 10,000 stories of the local viewer with 8 drawn shots each. IDs are UUIDv7, in order.
CREATE TEMP TABLE new_story AS
SELECT number,
       (lpad(to_hex((extract(epoch FROM now()) * 1000)::bigint - 1000000 + number), 12, '0')
        || '7' || substr(md5('story' || number), 1, 3) || '8' || substr(md5('s' || number), 1, 15))::uuid AS id
FROM generate_series(1, 10000) AS number;

INSERT INTO story (id, owner_id, title, content, style, aspect_ratio, language, motion, status,
                   auto_render, attempt, event_seq, revision)
SELECT id, 'local', 'The tortoise and the hare, part ' || number,
       repeat('The tortoise goes on, slowly but surely. ', 20),
       'MOVIE', 'WIDE_16_9', 'en', 'STILL', 'COMPLETED', false, 1, 20, 5
FROM new_story;

CREATE TEMP TABLE new_shot AS
SELECT new_story.id AS story_id, new_story.number, position,
       (substr(new_story.id::text, 1, 14) || '7'
        || substr(md5('shot' || position || '.' || number), 1, 3) || '-8'
        || substr(md5('x' || position), 1, 3) || '-' || substr(md5(number || '.' || position), 1, 12))::uuid AS id,
       (substr(new_story.id::text, 1, 14) || '7'
        || substr(md5('take' || position || '.' || number), 1, 3) || '-9'
        || substr(md5('y' || position), 1, 3) || '-' || substr(md5(position || '-' || number), 1, 12))::uuid AS take_id
FROM new_story, generate_series(1, 8) AS position;

INSERT INTO shot (id, story_id, position, title, prompt, narration, transition, duration_seconds,
                  status, progress, attempt, revision)
SELECT id, story_id, position, 'Shot ' || position,
       'A tortoise on a country road at dawn, watercolor, soft light, number ' || position,
       'The tortoise goes on, slowly but surely, and does not look back at the hare.',
       'CROSSFADE', 4.5, 'COMPLETED', 1, 1, 3
FROM new_shot;

INSERT INTO take (id, shot_id, number, prompt, seed, provider, status, media_key, width, height)
SELECT take_id, id, 1, 'A tortoise on a country road', 7, 'studio', 'COMPLETED',
       'takes/' || take_id || '.png', 1280, 720
FROM new_shot;

UPDATE shot SET selected_take_id = new_shot.take_id FROM new_shot WHERE shot.id = new_shot.id;
