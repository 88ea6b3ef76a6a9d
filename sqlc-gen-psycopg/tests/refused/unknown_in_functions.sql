-- expect: column total: the function not_known() in round() is not known; cast its result (not_known(...)::type)
CREATE TABLE rows (id bigint PRIMARY KEY);
-- queries
-- name: ListTotals :many
SELECT abs(round(not_known(id))) AS total FROM rows;
