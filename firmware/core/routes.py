"""Which machine an event belongs to, and the name of its trigger there."""

from firmware.core import events

SERVICE = {
    events.Started: "started",
    events.StopAsked: "stop_asked",
    events.MeshChanged: "mesh_changed",
    events.PrinterChanged: "printer_changed",
    events.ReaderChanged: "reader_changed",
    events.Failed: "failed",
    events.BadgeRead: "badge_read",
    events.PhoneArrived: "badge_read",
    events.BadgeUnreadable: "badge_unreadable",
}
SESSION = {
    events.SessionOpened: "session_opened",
    events.SessionRefused: "session_refused",
    events.PinEntered: "pin_entered",
    events.AssociationEntered: "association_entered",
    events.EntryCanceled: "entry_canceled",
    events.JobsListed: "jobs_listed",
    events.ListFailed: "list_failed",
    events.JobHeld: "job_held",
    events.JobsChosen: "jobs_chosen",
    events.JobsDeleted: "jobs_deleted",
    events.DeletionEnded: "deletion_ended",
    events.StayAsked: "stay_asked",
    events.LogOut: "log_out",
}
DELIVERY = {
    events.DeliveryAdvanced: "delivery_advanced",
    events.DeliveryWaits: "delivery_waits",
    events.DeliveryAsks: "delivery_asks",
    events.DeliveryLacks: "delivery_lacks",
    events.DeliveryEnded: "delivery_ended",
}
