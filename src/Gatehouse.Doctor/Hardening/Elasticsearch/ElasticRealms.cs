using Gatehouse.Doctor.Facts;
using Gatehouse.Doctor.Texts;

namespace Gatehouse.Doctor.Hardening.Elasticsearch;

/// <summary>Who may say whose a login is: the two realms that need no licence, by the names that they have unsaid, so that nobody changes realm.</summary>
internal static class ElasticRealms
{
    private const string Realms = "xpack.security.authc.realms";

    /// <summary>
    /// Writes them where the file says nothing of realms. A chain that is there stays as it is: two realms with one order keep a node from
    /// starting, and 7.x leaves out the one of these two that a chain does not name.
    /// </summary>
    public static ConfigDocument Write(ConfigDocument file, PlanDraft draft, IHost host)
    {
        SettingTree settings = file.Settings;
        if (settings[Realms].IsSet)
        {
            draft.Warn($"{Realms} stay as they are: look at their order, the first realm that knows a login decides");
            return file;
        }

        if (ElasticVersion.IsModern(host, draft.File, draft.Process, settings) is not { } isModern)
        {
            draft.Warn($"{Realms} are not written, for which version this is cannot be seen: 6.x has other names. Without them logins are looked up in the file, then in the index");
            return file;
        }

        return isModern
            ? file.Set($"{Realms}.file.default_file.order", Literal.Number(0)).Set($"{Realms}.native.default_native.order", Literal.Number(1))
            : file;
    }
}
