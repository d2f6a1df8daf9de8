-- customers @ shop
SELECT "_objects"."name" AS "name", "_objects"."id" AS "__parent0"
FROM "shop"."customers" AS "_objects"
ORDER BY "_objects"."name"

-- customers.orders @ shop
SELECT "_target_1"."id" AS "id", "_target_1"."customer_id" AS "__key0"
FROM "shop"."orders" AS "_target_1"
WHERE ("_target_1"."customer_id" IN ($1))
ORDER BY "_target_1"."id"
-- $1 = "<keys>"
