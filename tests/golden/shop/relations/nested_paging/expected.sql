-- customers @ shop
SELECT "_objects"."id" AS "id"
FROM "shop"."customers" AS "_objects"
WHERE ("_objects"."id" <= $1)
ORDER BY "_objects"."id"
-- $1 = 2

-- customers.newest @ shop
SELECT "_rows"."id" AS "id", "_rows"."__key0" AS "__key0"
FROM (SELECT "_target_1"."id" AS "id", "_target_1"."customer_id" AS "__key0" FROM "shop"."orders" AS "_target_1" WHERE ("_target_1"."customer_id" IN ($1)) LIMIT $2) AS "_rows"
ORDER BY "_rows"."id" DESC
-- $1 = "<keys>"
-- $2 = 1001
-- when there are more rows:
SELECT "_target_1"."id" AS "id", "_target_1"."customer_id" AS "__key0"
FROM "shop"."orders" AS "_target_1"
WHERE ("_target_1"."customer_id" IN ($1))
QUALIFY (row_number() OVER (PARTITION BY "_target_1"."customer_id" ORDER BY "_target_1"."id" DESC) <= $2)
ORDER BY "_target_1"."id" DESC
-- $1 = "<keys>"
-- $2 = 1

-- customers.second @ shop
SELECT "_rows"."id" AS "id", "_rows"."__key0" AS "__key0"
FROM (SELECT "_target_2"."id" AS "id", "_target_2"."customer_id" AS "__key0" FROM "shop"."orders" AS "_target_2" WHERE ("_target_2"."customer_id" IN ($1)) LIMIT $2) AS "_rows"
ORDER BY "_rows"."id"
-- $1 = "<keys>"
-- $2 = 1001
-- when there are more rows:
SELECT "_target_2"."id" AS "id", "_target_2"."customer_id" AS "__key0"
FROM "shop"."orders" AS "_target_2"
WHERE ("_target_2"."customer_id" IN ($1))
QUALIFY ((row_number() OVER (PARTITION BY "_target_2"."customer_id" ORDER BY "_target_2"."id") <= $2) AND (row_number() OVER (PARTITION BY "_target_2"."customer_id" ORDER BY "_target_2"."id") > $3))
ORDER BY "_target_2"."id"
-- $1 = "<keys>"
-- $2 = 2
-- $3 = 1

-- customers.skipped @ shop
SELECT "_rows"."id" AS "id", "_rows"."__key0" AS "__key0"
FROM (SELECT "_target_3"."id" AS "id", "_target_3"."customer_id" AS "__key0" FROM "shop"."orders" AS "_target_3" WHERE ("_target_3"."customer_id" IN ($1)) LIMIT $2) AS "_rows"
ORDER BY "_rows"."id"
-- $1 = "<keys>"
-- $2 = 1001
-- when there are more rows:
SELECT "_target_3"."id" AS "id", "_target_3"."customer_id" AS "__key0"
FROM "shop"."orders" AS "_target_3"
WHERE ("_target_3"."customer_id" IN ($1))
QUALIFY (row_number() OVER (PARTITION BY "_target_3"."customer_id" ORDER BY "_target_3"."id") > $2)
ORDER BY "_target_3"."id"
-- $1 = "<keys>"
-- $2 = 1

-- customers.sorted @ shop
SELECT "_target_4"."id" AS "id", "_target_4"."total" AS "total", "_target_4"."customer_id" AS "__key0"
FROM "shop"."orders" AS "_target_4"
WHERE ("_target_4"."customer_id" IN ($1))
ORDER BY "_target_4"."total"
-- $1 = "<keys>"
