-- orders @ shop
SELECT "_objects"."id" AS "id", "_objects"."customer_id" AS "__parent0"
FROM "shop"."orders" AS "_objects"
ORDER BY "_objects"."id"

-- orders.customer @ shop
SELECT "_target_1"."name" AS "name", "_target_1"."id" AS "__key0"
FROM "shop"."customers" AS "_target_1"
WHERE ("_target_1"."id" IN ($1))
-- $1 = "<keys>"
