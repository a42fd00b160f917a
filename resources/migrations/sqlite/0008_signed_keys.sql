-- SPDX-License-Identifier: GPL-3.0-or-later
-- Keys whose requests must carry a signature (Golectra's HashSHA256).

ALTER TABLE api_keys ADD COLUMN must_sign INTEGER NOT NULL DEFAULT 0;
