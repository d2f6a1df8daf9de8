-- reviews @ shop
SELECT "_objects"."id" AS "id"
FROM "shop"."reviews" AS "_objects"
WHERE ("_objects"."deleted_at" IS NULL)
ORDER BY "_objects"."id"

-- with_filter @ shop
SELECT "_objects"."id" AS "id"
FROM "shop"."reviews" AS "_objects"
WHERE ("_objects"."deleted_at" IS NULL) AND ("_objects"."stars" <= $1)
ORDER BY "_objects"."id"
-- $1 = 3

-- by_key @ shop
SELECT "_objects"."id" AS "id"
FROM "shop"."reviews" AS "_objects"
WHERE ("_objects"."id" = $1) AND ("_objects"."deleted_at" IS NULL)
-- $1 = 2

-- products @ shop
SELECT "_objects"."id" AS "id"
FROM "shop"."products" AS "_objects"
WHERE ("_objects"."id" <= $1)
ORDER BY "_objects"."id"
-- $1 = 3

-- products.reviews @ shop
SELECT "_target_1"."id" AS "id", "_target_1"."product_id" AS "__key0"
FROM "shop"."reviews" AS "_target_1"
WHERE ("_target_1"."deleted_at" IS NULL) AND ("_target_1"."product_id" IN ($1))
ORDER BY "_target_1"."id"
-- $1 = "<keys>"

-- filtered_by @ shop
SELECT "_objects"."id" AS "id"
FROM "shop"."products" AS "_objects"
WHERE EXISTS (SELECT 1 AS "one" FROM "shop"."reviews" AS "_target_1" WHERE ("_target_1"."product_id" = "_objects"."id") AND ("_target_1"."deleted_at" IS NULL) AND ("_target_1"."stars" <= $1))
ORDER BY "_objects"."id"
-- $1 = 3
