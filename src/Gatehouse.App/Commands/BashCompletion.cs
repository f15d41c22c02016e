namespace Gatehouse.App.Commands;

/// <summary>Completion for bash: the executable itself says what may follow.</summary>
internal static class BashCompletion
{
    /// <summary>The script.</summary>
    public const string Script = """
        # bash completion for gatehouse; load it with: source <(gatehouse completion bash)
        _gatehouse() {
          local IFS=$'\n' command="${COMP_WORDS[0]/#\~/$HOME}"
          COMPREPLY=($(compgen -W "$("$command" "[suggest:${COMP_POINT}]" "${COMP_LINE}" 2>/dev/null)" -- "${COMP_WORDS[COMP_CWORD]}"))
        }
        complete -o default -F _gatehouse gatehouse ./gatehouse

        """;
}
