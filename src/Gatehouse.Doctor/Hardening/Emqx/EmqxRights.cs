using Gatehouse.Doctor.Facts;
using Gatehouse.Doctor.Texts;

namespace Gatehouse.Doctor.Hardening.Emqx;

/// <summary>What clients of EMQX may do, and how they prove who they are.</summary>
internal static class EmqxRights
{
    /// <summary>Who matches no rule is refused.</summary>
    public static ConfigDocument Of(ConfigDocument file, IHost host, EmqxFiles files, PlanDraft draft, HardenWishes wishes)
    {
        ConfigDocument edited = file
            .Put("authorization.no_match", Literal.Word("deny"))
            .Put("authorization.deny_action", Literal.Word("ignore"))
            .Put("authorization.cache.ttl", Literal.Text("1m"))
            .Put("mqtt.strict_mode", Literal.Boolean(true));
        EmqxRules.Of(host, files, draft, wishes);
        return Authentication(edited, files, draft, wishes);
    }

    private static ConfigDocument Authentication(ConfigDocument file, EmqxFiles files, PlanDraft draft, HardenWishes wishes)
    {
        Setting chain = files.InForce["authentication"];
        bool isOn = chain.IsUnknown || chain.Children.Any(static one => one.Child("enable")?.AsBoolean() != false);
        if (isOn || !chain.Children.IsEmpty)
        {
            if (!isOn)
            {
                draft.Warn("there is no authentication that is on: whatever name a client gives is believed");
            }
            else if (!wishes.Gate && files.InForce["mqtt.use_username_as_clientid"].AsBoolean() != true)
            {
                draft.Warn("authentication stays as it is. Where it does not look at the client id, whoever may log in takes another client's session by its id: mqtt.use_username_as_clientid = true binds them, and leaves one connection to each user");
            }

            return file;
        }

        if (wishes.Gate)
        {
            // Passwords are salted and hashed by default; the gate's is random, so that more rounds would only slow each login down.
            draft.Warn("authentication against EMQX's own database is switched on, and it is empty: nobody is let in before the user of the gate is made");
            return file.Put("authentication", Literal.List(Literal.Map(
                ("mechanism", Literal.Word("password_based")), ("backend", Literal.Word("built_in_database")), ("user_id_type", Literal.Word("username")))));
        }

        draft.Warn("authentication against EMQX's own database is switched on, and it is empty: no client is let in before its user is made");
        draft.Warn("mqtt.use_username_as_clientid is switched on, so that nobody takes another client's session: each client needs a user of its own, and is known by that name");
        draft.StepAfter("Make a user for each client: in the dashboard (Authentication, Users), or with an API key: curl -u KEY:SECRET -H 'Content-Type: application/json' -d '{\"user_id\": \"sensor1\", \"password\": \"...\"}' http://127.0.0.1:18083/api/v5/authentication/password_based%3Abuilt_in_database/users");
        return file
            .Put("authentication", Literal.List(Literal.Map(
                ("mechanism", Literal.Word("password_based")), ("backend", Literal.Word("built_in_database")), ("user_id_type", Literal.Word("username")),
                ("password_hash_algorithm", Literal.Map(("name", Literal.Word("bcrypt")), ("salt_rounds", Literal.Number(10)))))))
            .Put("mqtt.use_username_as_clientid", Literal.Boolean(true));
    }
}
