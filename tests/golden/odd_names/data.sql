CREATE TABLE "Odd ""Names""" ("select" INTEGER, "it's ""quoted""" VARCHAR, "Group By" INTEGER);
INSERT INTO "Odd ""Names""" VALUES (1, 'one', NULL), (2, 'two', 1);
