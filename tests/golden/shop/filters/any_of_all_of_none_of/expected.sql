-- any @ shop
SELECT "_objects"."id" AS "id"
FROM "shop"."customers" AS "_objects"
WHERE EXISTS (SELECT 1 AS "one" FROM "shop"."orders" AS "_target_1" WHERE ("_target_1"."customer_id" = "_objects"."id") AND ("_target_1"."status" = $1))
ORDER BY "_objects"."id"
-- $1 = "paid"

-- all @ shop
SELECT "_objects"."id" AS "id"
FROM "shop"."customers" AS "_objects"
WHERE (NOT EXISTS (SELECT 1 AS "one" FROM "shop"."orders" AS "_target_1" WHERE ("_target_1"."customer_id" = "_objects"."id") AND (NOT ("_target_1"."status" = $1))) AND EXISTS (SELECT 1 AS "one" FROM "shop"."orders" AS "_target_2" WHERE ("_target_2"."customer_id" = "_objects"."id")))
ORDER BY "_objects"."id"
-- $1 = "paid"

-- none @ shop
SELECT "_objects"."id" AS "id"
FROM "shop"."customers" AS "_objects"
WHERE NOT EXISTS (SELECT 1 AS "one" FROM "shop"."orders" AS "_target_1" WHERE ("_target_1"."customer_id" = "_objects"."id") AND ("_target_1"."status" = $1))
ORDER BY "_objects"."id"
-- $1 = "paid"

-- same_row @ shop
SELECT "_objects"."id" AS "id"
FROM "shop"."customers" AS "_objects"
WHERE EXISTS (SELECT 1 AS "one" FROM "shop"."orders" AS "_target_1" WHERE ("_target_1"."customer_id" = "_objects"."id") AND (("_target_1"."status" = $1) AND ("_target_1"."total" < $2)))
ORDER BY "_objects"."id"
-- $1 = "paid"
-- $2 = 10.0

-- two_quantifiers @ shop
SELECT "_objects"."id" AS "id"
FROM "shop"."customers" AS "_objects"
WHERE (EXISTS (SELECT 1 AS "one" FROM "shop"."orders" AS "_target_1" WHERE ("_target_1"."customer_id" = "_objects"."id") AND ("_target_1"."status" = $1)) AND NOT EXISTS (SELECT 1 AS "one" FROM "shop"."orders" AS "_target_2" WHERE ("_target_2"."customer_id" = "_objects"."id") AND ("_target_2"."status" = $2)))
ORDER BY "_objects"."id"
-- $1 = "paid"
-- $2 = "open"

-- nothing_left @ shop
SELECT "_objects"."id" AS "id"
FROM "shop"."customers" AS "_objects"
ORDER BY "_objects"."id"
