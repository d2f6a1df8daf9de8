-- orders @ shop
SELECT "_objects"."id" AS "id", ("_joined_2"."__key0" IS NOT NULL) AS "__present_items", "_joined_2"."line" AS "line", "_joined_2"."product_id" AS "__parent0", "_joined_2"."order_id" AS "__parent1"
FROM "shop"."orders" AS "_objects"
LEFT JOIN (SELECT "_target_1".*, "_target_1"."order_id" AS "__key0" FROM "shop"."order_items" AS "_target_1") AS "_joined_2" ON ("_joined_2"."__key0" = "_objects"."id")
ORDER BY "_objects"."id", (SELECT any_value("_target_6"."name") AS "value" FROM "shop"."products" AS "_target_6" WHERE ("_target_6"."id" = "_joined_2"."product_id")) DESC
