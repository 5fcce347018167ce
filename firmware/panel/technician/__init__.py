"""The technician's page: the station from inside, for whoever has to put it right."""
