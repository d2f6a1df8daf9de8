-- customers_by_pk @ shop
SELECT "_objects"."name" AS "name"
FROM "shop"."customers" AS "_objects"
WHERE ("_objects"."id" = $1)
-- $1 = 3
