-- orders @ shop
SELECT "_objects"."id" AS "id", "_objects"."customer_id" AS "__parent0"
FROM "shop"."orders" AS "_objects"
WHERE EXISTS (SELECT 1 AS "one" FROM "shop"."customers" AS "_target_1" WHERE ("_target_1"."id" = "_objects"."customer_id") AND ("_target_1"."id" IS NOT NULL))
ORDER BY (SELECT any_value("_target_3"."name") AS "value" FROM "shop"."customers" AS "_target_3" WHERE ("_target_3"."id" = "_objects"."customer_id")) DESC, "_objects"."id"

-- orders.who @ shop
SELECT "_target_2"."name" AS "name", "_target_2"."id" AS "__key0"
FROM "shop"."customers" AS "_target_2"
WHERE ("_target_2"."id" IN ($1))
-- $1 = "<keys>"
