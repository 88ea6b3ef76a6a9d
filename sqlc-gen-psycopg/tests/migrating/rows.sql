TRUNCATE authors RESTART IDENTITY;
INSERT INTO authors (name, country) VALUES ('Ursula', 'US'), ('Astrid', 'SE');
