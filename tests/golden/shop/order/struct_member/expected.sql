-- products @ shop
SELECT "_objects"."id" AS "id", "_objects"."dims" AS "dims"
FROM "shop"."products" AS "_objects"
ORDER BY "_objects"."dims"['box']['color'] DESC, "_objects"."id"
