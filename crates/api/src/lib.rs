//! Operations, shapes, constraints, errors and routes, generated from the AWS service models.
