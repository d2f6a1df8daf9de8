-- to_one @ shop
SELECT "_objects"."id" AS "id", "_objects"."customer_id" AS "__parent0"
FROM "shop"."orders" AS "_objects"
WHERE EXISTS (SELECT 1 AS "one" FROM "shop"."customers" AS "_target_1" WHERE ("_target_1"."id" = "_objects"."customer_id"))
ORDER BY "_objects"."id"

-- to_one.customer @ shop
SELECT "_target_2"."name" AS "name", "_target_2"."id" AS "__key0"
FROM "shop"."customers" AS "_target_2"
WHERE ("_target_2"."id" IN ($1))
-- $1 = "<keys>"

-- to_many @ shop
SELECT "_objects"."id" AS "id"
FROM "shop"."customers" AS "_objects"
WHERE EXISTS (SELECT 1 AS "one" FROM "shop"."orders" AS "_target_1" WHERE ("_target_1"."status" = $1) AND ("_target_1"."customer_id" = "_objects"."id"))
ORDER BY "_objects"."id"
-- $1 = "open"

-- to_many.orders @ shop
SELECT "_target_2"."id" AS "id", "_target_2"."customer_id" AS "__key0"
FROM "shop"."orders" AS "_target_2"
WHERE ("_target_2"."status" = $1) AND ("_target_2"."customer_id" IN ($2))
-- $1 = "open"
-- $2 = "<keys>"

-- not_inner @ shop
SELECT "_objects"."id" AS "id"
FROM "shop"."customers" AS "_objects"
ORDER BY "_objects"."id"
LIMIT 1

-- not_inner.orders @ shop
SELECT "_target_1"."id" AS "id", "_target_1"."customer_id" AS "__key0"
FROM "shop"."orders" AS "_target_1"
WHERE ("_target_1"."status" = $1) AND ("_target_1"."customer_id" IN ($2))
-- $1 = "cancelled"
-- $2 = "<keys>"

-- many_to_many @ shop
SELECT "_objects"."id" AS "id"
FROM "shop"."products" AS "_objects"
WHERE EXISTS (SELECT 1 AS "one" FROM "shop"."product_labels" AS "_junction_2" JOIN "shop"."labels" AS "_target_1" ON ("_junction_2"."label_id" = "_target_1"."id") WHERE ("_target_1"."title" = $1) AND ("_junction_2"."product_id" = "_objects"."id"))
ORDER BY "_objects"."id"
-- $1 = "eco"

-- many_to_many.labels @ shop
SELECT "_target_3"."title" AS "title", "_junction_4"."product_id" AS "__key0"
FROM "shop"."product_labels" AS "_junction_4"
JOIN "shop"."labels" AS "_target_3" ON ("_junction_4"."label_id" = "_target_3"."id")
WHERE ("_target_3"."title" = $1) AND ("_junction_4"."product_id" IN ($2))
-- $1 = "eco"
-- $2 = "<keys>"
