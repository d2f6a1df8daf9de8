CREATE TABLE customers (id INTEGER PRIMARY KEY, name VARCHAR, email VARCHAR, city VARCHAR, vip BOOLEAN, joined DATE);
INSERT INTO customers VALUES
  (1, 'Ada', 'ada@example.org', 'Berlin', true, '2023-01-15'),
  (2, 'Ben', NULL, 'Hamburg', false, '2023-06-01'),
  (3, 'Cleo', 'cleo@example.org', 'Berlin', NULL, '2024-02-29'),
  (4, 'Dan', 'dan@example.org', NULL, false, '2024-03-10');

CREATE TABLE categories (id INTEGER PRIMARY KEY, name VARCHAR, parent_id INTEGER);
INSERT INTO categories VALUES
  (1, 'Garden', NULL), (2, 'Tools', 1), (3, 'Plants', 1), (4, 'Hand tools', 2), (5, 'Kitchen', NULL);

CREATE TABLE products (
  id INTEGER PRIMARY KEY, sku VARCHAR, name VARCHAR, category_id INTEGER, price DECIMAL(10, 2), weight DOUBLE,
  in_stock BOOLEAN, tags VARCHAR[], sizes INTEGER[],
  dims STRUCT(width INTEGER, height INTEGER, box STRUCT(color VARCHAR, depth INTEGER)));
INSERT INTO products VALUES
  (1, 'SPADE', 'Spade', 4, 24.50, 1.8, true, ['steel', 'wood'], [80, 100],
    {'width': 20, 'height': 110, 'box': {'color': 'brown', 'depth': 5}}),
  (2, 'RAKE', 'Rake', 4, 19.00, 1.2, true, ['steel'], [90],
    {'width': 35, 'height': 150, 'box': NULL}),
  (3, 'FERN', 'Fern', 3, 7.25, NULL, false, ['green', 'pot'], [],
    {'width': NULL, 'height': 40, 'box': {'color': 'green', 'depth': NULL}}),
  (4, 'PAN', 'Pan', 5, 32.00, 2.5, true, NULL, NULL, {'width': 28, 'height': 8, 'box': {'color': 'white', 'depth': 9}}),
  (5, 'GIFT', 'Gift card', NULL, 50.00, NULL, NULL, [], NULL, NULL);

CREATE TABLE labels (id INTEGER PRIMARY KEY, title VARCHAR);
INSERT INTO labels VALUES (1, 'new'), (2, 'sale'), (3, 'eco'), (4, 'rare');
CREATE TABLE product_labels (product_id INTEGER, label_id INTEGER, PRIMARY KEY (product_id, label_id));
INSERT INTO product_labels VALUES (1, 1), (1, 3), (2, 2), (3, 3), (4, 2);

CREATE TABLE orders (id INTEGER PRIMARY KEY, customer_id INTEGER, placed_at TIMESTAMPTZ, status VARCHAR, total DOUBLE);
INSERT INTO orders VALUES
  (10, 1, '2024-01-05 10:00:00+00', 'paid', 43.5),
  (11, 1, '2024-02-10 08:30:00+00', 'open', 7.25),
  (12, 2, '2024-02-11 23:15:00+00', 'paid', 32),
  (13, 3, '2024-03-01 12:00:00.5+00', 'cancelled', 50),
  (14, NULL, '2024-03-02 00:00:00+00', 'open', NULL);

CREATE TABLE order_items (order_id INTEGER, line INTEGER, product_id INTEGER, quantity INTEGER, PRIMARY KEY (order_id, line));
INSERT INTO order_items VALUES (10, 1, 1, 1), (10, 2, 2, 3), (11, 1, 3, 1), (12, 1, 4, 2), (13, 1, 5, 1);

CREATE TABLE parcels (id INTEGER PRIMARY KEY, order_id INTEGER, line INTEGER, tracking VARCHAR);
INSERT INTO parcels VALUES
  (100, 10, 1, 'T-100'), (101, 10, 2, 'T-101'), (102, 12, 1, 'T-102'), (103, NULL, 1, 'T-103'), (104, 10, NULL, 'T-104'),
  (105, 11, 2, 'T-105');

CREATE TABLE reviews (id INTEGER PRIMARY KEY, product_id INTEGER, stars INTEGER, deleted_at TIMESTAMPTZ);
INSERT INTO reviews VALUES
  (1, 1, 5, NULL), (2, 1, 2, '2024-01-01 00:00:00+00'), (3, 2, 4, NULL), (4, 3, 1, '2024-01-02 00:00:00+00'), (5, 4, 3, NULL);
