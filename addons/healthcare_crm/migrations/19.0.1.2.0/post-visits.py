def migrate(cr, version):
    """Give the appointments that took place before there were visits theirs.

    In one statement, without telling workflows: what is long past starts none.
    """
    cr.execute("""
        INSERT INTO healthcare_encounter (
            appointment_id, patient_id, encounter_class, priority, severity, status, start, "end",
            practitioner_id, department_id, specialty_id, company_id, currency_id,
            create_uid, create_date, write_uid, write_date)
        SELECT appointment.id, appointment.patient_id, 'ambulatory', 'elective', 'normal',
               'finished', appointment.start, GREATEST(appointment.start, appointment.stop),
               appointment.practitioner_id,
               COALESCE(service.department_id, practitioner.department_id),
               COALESCE(service.specialty_id, first_specialty.id),
               appointment.company_id, company.currency_id,
               1, now() AT TIME ZONE 'UTC', 1, now() AT TIME ZONE 'UTC'
          FROM calendar_event AS appointment
     LEFT JOIN healthcare_service AS service ON service.id = appointment.service_id
     LEFT JOIN healthcare_practitioner AS practitioner
               ON practitioner.id = appointment.practitioner_id
     LEFT JOIN (
                   SELECT DISTINCT ON (link.healthcare_practitioner_id)
                          link.healthcare_practitioner_id AS practitioner_id, specialty.id
                     FROM healthcare_practitioner_healthcare_specialty_rel AS link
                     JOIN healthcare_specialty AS specialty
                          ON specialty.id = link.healthcare_specialty_id AND specialty.active
                 ORDER BY link.healthcare_practitioner_id, specialty.sequence,
                          specialty.name->>'en_US', specialty.id
               ) AS first_specialty ON first_specialty.practitioner_id = practitioner.id
     LEFT JOIN res_company AS company ON company.id = appointment.company_id
         WHERE appointment.is_appointment AND appointment.appointment_status = 'fulfilled'
           AND appointment.patient_id IS NOT NULL
            ON CONFLICT (appointment_id) WHERE appointment_id IS NOT NULL DO NOTHING
    """)
