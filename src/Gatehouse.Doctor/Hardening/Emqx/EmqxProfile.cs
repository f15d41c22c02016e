using Gatehouse.Doctor.Texts;
using Gatehouse.Doctor.Texts.Units;

namespace Gatehouse.Doctor.Hardening.Emqx;

/// <summary>
/// The security profile of 6.2 and later, a variable of the environment: from 6.3 on the start script reads it from <c>emqx.env</c>, before that
/// the Erlang machine sets it by <c>-env</c> of <c>vm.args</c>, before anything asks for it.
/// </summary>
internal static class EmqxProfile
{
    private const string Variable = "EMQX_SECURITY_PROFILE", Hardened = "hardened";
    private static readonly Version First = new(6, 2), FirstWithFile = new(6, 3);

    /// <summary>Switches it on; whether it was off, so that defaults change.</summary>
    public static bool Of(EmqxArguments arguments, PlanDraft draft, Version version)
    {
        if (version < First)
        {
            return false;
        }

        string path = draft.Beside("emqx.env");
        EnvFile? file = version >= FirstWithFile && draft.Optional(path) is { } bytes ? EnvFile.Read(bytes, path, EnvSyntax.Systemd) : null;
        string? said = arguments.Variable(Variable) ?? file?.Variables.Find(Variable)?.Value ?? draft.Environment?.Find(Variable)?.Value;
        bool isOn = said == Hardened;
        if (version < FirstWithFile || (arguments.Variable(Variable) is not null && arguments.TakesMore))
        {
            if (!arguments.TakesMore)
            {
                draft.Step($"Set {Variable}={Hardened} in the unit's environment: there is no {arguments.Path} that it could be written to.");
                return false;
            }

            arguments.SetVariable(Variable, Hardened);
        }

        if (version >= FirstWithFile)
        {
            if (file is null)
            {
                draft.PutText(path, $"# Read by the command emqx at every start.\n{Variable}={Hardened}\n");
            }
            else
            {
                draft.Put(file, file.Put(Variable, Literal.Text(Hardened)));
            }
        }

        if (!isOn)
        {
            draft.Warn($"the security profile becomes {Hardened}: listeners with a port and no address open on loopback, backends of logins and rights that do not answer refuse instead of being passed over, and connectors verify the servers that they call over TLS. Give those of a private CA its `cacertfile` first");
        }

        return !isOn;
    }
}
