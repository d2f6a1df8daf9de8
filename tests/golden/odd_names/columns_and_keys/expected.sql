-- things @ shop
SELECT "_objects"."select" AS "id", "_objects"."it's ""quoted""" AS "text", "_objects"."Group By" AS "__parent0"
FROM "shop"."Odd ""Names""" AS "_objects"
WHERE (CAST("_objects"."it's ""quoted""" AS VARCHAR) LIKE $1)
ORDER BY "_objects"."it's ""quoted"""
-- $1 = "t%"

-- things.above @ shop
SELECT "_target_1"."it's ""quoted""" AS "text", "_target_1"."select" AS "__parent0", "_target_1"."select" AS "__key0"
FROM "shop"."Odd ""Names""" AS "_target_1"
WHERE ("_target_1"."select" IN ($1))
-- $1 = "<keys>"

-- things.above.below @ shop
SELECT "_target_2"."select" AS "id", "_target_2"."Group By" AS "__key0"
FROM "shop"."Odd ""Names""" AS "_target_2"
WHERE ("_target_2"."Group By" IN ($1))
-- $1 = "<keys>"

-- things_by_pk @ shop
SELECT "_objects"."it's ""quoted""" AS "text"
FROM "shop"."Odd ""Names""" AS "_objects"
WHERE ("_objects"."select" = $1)
-- $1 = 1
