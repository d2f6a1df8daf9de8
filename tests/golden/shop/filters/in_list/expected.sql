-- customers @ shop
SELECT "_objects"."id" AS "id", "_objects"."name" AS "name"
FROM "shop"."customers" AS "_objects"
WHERE ("_objects"."city" IN ($1, $2, $3, $4))
ORDER BY "_objects"."id"
-- $1 = "Berlin"
-- $2 = "Hamburg"
-- $3 = "O'Hare"
-- $4 = "O'Hare"
