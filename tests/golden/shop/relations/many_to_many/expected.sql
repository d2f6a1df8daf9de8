-- products @ shop
SELECT "_objects"."name" AS "name", "_objects"."id" AS "__parent0"
FROM "shop"."products" AS "_objects"
ORDER BY "_objects"."name"

-- products.labels @ shop
SELECT "_target_1"."title" AS "title", "_junction_2"."product_id" AS "__key0"
FROM "shop"."product_labels" AS "_junction_2"
JOIN "shop"."labels" AS "_target_1" ON ("_junction_2"."label_id" = "_target_1"."id")
WHERE ("_junction_2"."product_id" IN ($1))
ORDER BY "_target_1"."title"
-- $1 = "<keys>"

-- labels @ shop
SELECT "_objects"."title" AS "title", "_objects"."id" AS "__parent0"
FROM "shop"."labels" AS "_objects"
ORDER BY "_objects"."title"

-- labels.products @ shop
SELECT "_target_1"."name" AS "name", "_junction_2"."label_id" AS "__key0"
FROM "shop"."product_labels" AS "_junction_2"
JOIN "shop"."products" AS "_target_1" ON ("_junction_2"."product_id" = "_target_1"."id")
WHERE ("_junction_2"."label_id" IN ($1))
ORDER BY "_target_1"."name"
-- $1 = "<keys>"
